"use strict";
// Everything can be read without this script; it opens what a link asks for.
const claims = [...document.querySelectorAll("details.claim")];
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

addEventListener("hashchange", showTarget);
showTarget();
