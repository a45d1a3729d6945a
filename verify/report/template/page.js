"use strict";
// Everything can be read without this script; it opens what a link or the printer asks for.
const sections = [...document.querySelectorAll("details")];
const claims = sections.filter((section) => section.classList.contains("claim"));
const all = document.getElementById("all");

function showTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches("details")) {
    target.open = true;
    target.scrollIntoView();
  }
}

function label() {
  const open = claims.every((claim) => claim.open);
  all.textContent = open ? "Close all" : "Open all";
  all.setAttribute("aria-pressed", String(open));
}

all.hidden = false;
all.addEventListener("click", () => {
  const open = !claims.every((claim) => claim.open);
  for (const claim of claims) claim.open = open;
});
for (const claim of claims) claim.addEventListener("toggle", label);

let closed = [];
addEventListener("beforeprint", () => {
  closed = sections.filter((section) => !section.open);
  for (const section of closed) section.open = true;
});
addEventListener("afterprint", () => {
  for (const section of closed) section.open = false;
});

addEventListener("hashchange", showTarget);
showTarget();
