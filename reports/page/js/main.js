// The page comes to life: rows open, filters choose, keys lead about.

// MOST is how many rows are opened at once.
const MOST = 60;

function button(i) {
  return rows[i].querySelector("button.open");
}

// set opens or closes a row. What it shows is built when it is opened first.
function set(i, open) {
  const toggle = button(i);
  if ((toggle.getAttribute("aria-expanded") === "true") === open) return;
  toggle.setAttribute("aria-expanded", open);
  let shown = document.getElementById(toggle.getAttribute("aria-controls"));
  if (!shown) {
    const d = JSON.parse(document.getElementById(`detail-${i}`).textContent);
    shown = el("tr", { class: "shown", id: toggle.getAttribute("aria-controls") },
      el("td", { colspan: 7 }, el("h3", { class: "hidden" }, d.name), details(d)));
    rows[i].append(shown);
  }
  shown.hidden = !open;
}

// show leads to a row, whatever was chosen before.
function show(i) {
  if (rows[i].hidden) clear();
  set(i, true);
  rows[i].scrollIntoView();
  button(i).focus({ preventScroll: true });
}

function follow() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const i = rows.findIndex((row) => row.id === wanted || row.dataset.anchor === wanted);
  if (i >= 0) show(i);
}

rows.forEach((row, i) => {
  const head = row.querySelector("th");
  const toggle = el("button", { type: "button", class: "open", "aria-expanded": false, "aria-controls": `shown-${i}` }, ...head.childNodes);
  head.replaceChildren(toggle);
  row.rows[0].addEventListener("click", (event) => {
    if (!event.target.closest("a") && String(getSelection()) === "") set(i, toggle.getAttribute("aria-expanded") !== "true");
  });
});

filters.hidden = rows.length === 0;
filters.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("clear").addEventListener("click", clear);
document.getElementById("open").addEventListener("click", () => rows.forEach((row, i) => row.hidden || set(i, true)));
document.getElementById("close").addEventListener("click", () => rows.forEach((_, i) => set(i, false)));
document.addEventListener("click", (event) => {
  const to = event.target.closest("a[data-row]");
  if (to && location.hash === to.hash) show(Number(to.dataset.row));
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    query.focus();
  }
  if (event.key === "Escape" && event.target === query) clear();
});
addEventListener("hashchange", follow);
addEventListener("beforeprint", () => {
  if (document.querySelector("tr.shown:not([hidden])")) return;
  const wrong = index.map((_, i) => i).filter((i) => !rows[i].hidden && index[i].verdicts.some((v) => v === "failed" || v === "inconclusive"));
  wrong.slice(0, MOST).forEach((i) => set(i, true));
});
filter();
follow();
