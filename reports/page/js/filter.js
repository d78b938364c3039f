// Which rows are shown.

const index = JSON.parse(document.getElementById("index").textContent);
const rows = index.map((_, i) => document.getElementById(`row-${i}`));
const filters = document.getElementById("filters");
const query = document.getElementById("query");

// chosen are the values that are ticked under a name.
function chosen(name) {
  return [...filters.querySelectorAll("input:checked")].filter((box) => box.name === name).map((box) => box.value);
}

function filter() {
  const text = query.value.trim().toLowerCase();
  const [verdicts, areas, profiles] = ["verdicts", "area", "profile"].map(chosen);
  const among = (wanted, values) => wanted.length === 0 || values.some((v) => wanted.includes(v));
  let shown = 0;
  index.forEach((found, i) => {
    const fits = among(verdicts, found.verdicts) && among(areas, [found.area]) && among(profiles, [found.profile]) &&
      (text === "" || found.text.includes(text));
    rows[i].hidden = !fits;
    shown += fits;
  });
  document.getElementById("count").textContent = `${count(shown)} of ${plural(rows.length, "check")} shown`;
  document.getElementById("none").hidden = shown > 0 || rows.length === 0;
  document.getElementById("open").disabled = shown === 0 || shown > MOST;
  document.getElementById("open").title = shown > MOST ? `Choose at most ${MOST} to open them all` : "";
}

function clear() {
  query.value = "";
  for (const box of filters.querySelectorAll("input:checked")) box.checked = false;
  filter();
}
