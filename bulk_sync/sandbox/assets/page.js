"use strict";
const main = document.querySelector("main");
let shown = "";
async function refresh() {
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
  setTimeout(refresh, 1000);
}
setTimeout(refresh, 1000);
