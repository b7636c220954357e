"""What do names mean in another process? What had been asked for, and nothing else."""

import pickle

import pytest

from bulk_sync.model import Campaign, Listed, Status
from bulk_sync.plan.asked import NotAskedFor
from bulk_sync.plan.campaigns import Campaigns
from bulk_sync.plan.statuses import Statuses

from .building import SPRING


def there(names):
    return pickle.loads(pickle.dumps(names))


def test_a_copy_knows_the_campaigns_that_had_been_asked_for():
    campaigns = Campaigns(lambda: Listed((Campaign(SPRING, "Spring"),)))
    assert there(campaigns).read(SPRING) == SPRING
    with pytest.raises(NotAskedFor):
        there(campaigns).read("spring")
    assert campaigns.read("spring") == SPRING
    assert there(campaigns).read("spring") == SPRING
    assert there(there(campaigns)).read("winter") == campaigns.read("winter")


def test_a_copy_knows_the_statuses_that_had_been_asked_for():
    statuses = Statuses(lambda: Listed((Status("vip", ("Very Important",), terminal=False),)))
    assert there(statuses).read("Do Not Call").name == "DNC"
    with pytest.raises(NotAskedFor):
        there(statuses).read("very important")
    assert statuses.read("very important").name == "vip"
    assert there(statuses).read("very important").name == "vip"
    assert there(statuses).read("nobody") == statuses.read("nobody")
