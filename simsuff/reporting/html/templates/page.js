"use strict";
// The theme, before anything is painted; without storage (some browsers refuse it to files) it lasts as long as the page.
const root = document.documentElement;
const stored = (value) => { try { return value ? localStorage.setItem("theme", value) : localStorage.getItem("theme"); } catch { return null; } };
if (["light", "dark"].includes(stored())) root.dataset.theme = stored();

addEventListener("DOMContentLoaded", () => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const toggle = document.getElementById("theme");
  const label = () => { toggle.textContent = isDark() ? "Light theme" : "Dark theme"; };
  toggle.hidden = false;
  toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; stored(root.dataset.theme); label(); });
  label();

  // Tables are sorted by the number that a cell carries, else by its text; what has neither stands last.
  const key = (row, column) => { const cell = row.cells[column]; const text = cell.dataset.value ?? cell.textContent.trim(); return text === "" ? null : text; };
  const compare = (a, b) => { const [x, y] = [Number(a), Number(b)]; return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en", { numeric: true }) : x - y || 0; };
  for (const button of all("table.sortable th button")) button.addEventListener("click", () => {
    const head = button.closest("th"), body = button.closest("table").tBodies[0], column = head.cellIndex;
    const sign = head.ariaSort === "ascending" ? -1 : 1;
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const keyed = [...body.rows].map((row) => [key(row, column), row]);
    keyed.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b)));
    body.append(...keyed.map(([, row]) => row));
  });

  // A form of class "filters" shows and hides the .item elements of the part that data-of names.
  const filter = (form) => {
    const items = all(".item", document.getElementById(form.dataset.of));
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean), state = form.elements.state.value;
    let shown = 0;
    for (const item of items) {
      const text = (item.dataset.text ??= item.textContent.toLowerCase());
      item.hidden = (state && item.dataset.state !== state) || !words.every((word) => text.includes(word));
      shown += !item.hidden;
    }
    for (const part of all(".items", document.getElementById(form.dataset.of))) part.hidden = !part.querySelector(".item:not([hidden])");
    form.querySelector("output").textContent = `${shown} of ${items.length}`;
  };
  for (const form of all("form.filters")) {
    form.hidden = false;
    for (const kind of ["input", "change"]) form.addEventListener(kind, () => filter(form));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => filter(form)));
    filter(form);
  }
  // A link into what a filter hides shows it again.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    for (const form of all("form.filters")) if (document.getElementById(form.dataset.of).contains(target)) { form.reset(); filter(form); }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  // The numbers behind a mark: under the pointer, and by the arrow keys once a plot has the focus.
  const tip = document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip", hidden: true }));
  tip.setAttribute("role", "status");
  let current = null;
  const show = (mark) => {
    current?.classList.remove("here");
    current = mark;
    tip.hidden = !mark;
    if (!mark) return;
    mark.classList.add("here");
    tip.textContent = mark.dataset.tip;
    const box = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), root.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(box.top - tip.offsetHeight - 8 < 0 ? box.bottom + 8 : box.top - tip.offsetHeight - 8) + scrollY}px`;
  };
  for (const plot of all(".strip svg")) {
    const marks = all("use", plot);
    for (const mark of marks) { const title = mark.querySelector("title"); mark.dataset.tip = title.textContent; title.remove(); }
    plot.tabIndex = 0;
    plot.addEventListener("pointerover", (event) => { if (event.target.dataset?.tip) show(event.target); });
    plot.addEventListener("pointerleave", () => show(null));
    plot.addEventListener("blur", () => show(null));
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") show(null);
      if (!step) return;
      event.preventDefault();
      const at = marks.indexOf(current);
      show(marks[at < 0 ? (step > 0 ? 0 : marks.length - 1) : (at + step + marks.length) % marks.length]);
    });
  }
});
