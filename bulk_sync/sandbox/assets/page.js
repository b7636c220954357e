"use strict";
const main = document.querySelector("main");
let shown = "";
let timer = 0;
async function refresh() {
  clearTimeout(timer);
  try {
    if (!document.hidden) {
      const answer = await fetch("/?part=state", { cache: "no-store" });
      const state = await answer.text();
      if (answer.ok && state !== shown) {
        main.innerHTML = state;
        shown = state;
      }
      document.body.classList.toggle("away", !answer.ok);
    }
  } catch {
    document.body.classList.add("away");
  }
  timer = setTimeout(refresh, 1000);
}
main.addEventListener("click", async (event) => {
  const contact = event.target.dataset.delete;
  if (contact) {
    // a header of our own: no other site's page may send one here without asking first
    await fetch("/delete?contact=" + contact, { method: "POST", headers: { "X-Sandbox-Page": "1" } }).catch(() => {});
    await refresh();
  }
});
timer = setTimeout(refresh, 1000);
