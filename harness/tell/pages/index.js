"use strict";

// Makes an element with attributes and contents; a string in it is text, never HTML.
function make(name, attributes = {}, ...contents) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(key, value);
  }
  element.append(...contents);
  return element;
}

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// What is remembered is a convenience: a page from a file may not be allowed to.
function remember(storage, key, value) {
  try { window[storage].setItem(key, value); } catch { /* forgotten when the page is closed */ }
}
function recall(storage, key) {
  try { return window[storage].getItem(key); } catch { return null; }
}

// Theme.

const theme = document.getElementById("theme");
theme.closest("label").hidden = false;
theme.value = document.documentElement.dataset.theme || "auto";
theme.addEventListener("change", () => {
  document.documentElement.dataset.theme = theme.value;
  remember("localStorage", "side-by-side-theme", theme.value);
});

// Paper: what is folded would lose its content.

let folded = [];
window.addEventListener("beforeprint", () => {
  folded = all("details:not([open])");
  folded.forEach((each) => { each.open = true; });
});
window.addEventListener("afterprint", () => folded.splice(0).forEach((each) => { each.open = false; }));

// What is wider than the window fades where there is more to see.

function hint({ target }) {
  target.classList.toggle("more", target.scrollWidth - target.clientWidth - target.scrollLeft > 1);
}
const sizes = new ResizeObserver((entries) => entries.forEach(hint));
for (const region of all(".scroll")) {
  sizes.observe(region);
  region.addEventListener("scroll", hint, { passive: true });
}

// What to choose: only the languages that are asked for, one at least; the first row of a situation that is left says its name.

const filter = document.querySelector(".filter");
filter.hidden = false;
filter.addEventListener("click", ({ target }) => {
  if (!target.matches("button")) return;
  const buttons = all("button", filter);
  const press = (button, pressed) => button.setAttribute("aria-pressed", pressed);
  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  press(target, !isPressed(target));
  if (!buttons.some(isPressed)) press(target, true);
  const shown = buttons.filter(isPressed).map((button) => button.dataset.language);
  let named = false;
  for (const row of all(".decisions tbody tr")) {
    const language = row.dataset.language;
    row.hidden = language !== "" && !shown.includes(language);
    if (row.classList.contains("first")) named = false;
    row.classList.toggle("lead", !row.hidden && !named && !row.classList.contains("first"));
    named ||= !row.hidden;
  }
});

// Tables: sorted by a click on a column's heading, a third one brings back the order in which they were written.

const UNITS = {
  ns: 1e-9, "µs": 1e-6, ms: 1e-3, s: 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, "%": 0.01, "×": 1,
  million: 1e6, billion: 1e9,
};
const NUMBER = /^(?:<\s*)?(-?[\d,]*\.?\d+)(?:\s?(ns|µs|ms|s|B|KiB|MiB|GiB|%|×|million|billion))?(?![\w.])/;

// Returns the number that a cell begins with, in seconds, bytes or parts of one; null where there is none.
function valueOf(text) {
  const found = NUMBER.exec(text.trim());
  return found && Number(found[1].replaceAll(",", "")) * (UNITS[found[2]] ?? 1);
}

// Notes the value of each cell of a column; returns whether all that are filled are numbers.
function readColumn(rows, column) {
  const cells = rows.map((row) => row.cells[column]).filter((cell) => cell.textContent.trim() !== "");
  const values = cells.map((cell) => valueOf(cell.textContent));
  const numeric = values.every((value) => value !== null);
  cells.forEach((cell, i) => { cell.dataset.value = numeric ? values[i] : cell.textContent.trim(); });
  return numeric;
}

function sortRows(rows, column, direction) {
  const numeric = readColumn(rows, column);
  return [...rows].sort((one, other) => {
    const [mine, theirs] = [one, other].map((row) => row.cells[column].dataset.value);
    if (mine === undefined || theirs === undefined) return (mine === undefined) - (theirs === undefined);
    const order = numeric ? mine - theirs : mine.localeCompare(theirs, "en", { numeric: true });
    return direction === "descending" ? -order : order;
  });
}

for (const table of all("table.sortable")) {
  const body = table.tBodies[0];
  const written = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = make("button", { type: "button" }, ...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[heading.getAttribute("aria-sort")];
      const direction = next === undefined ? "ascending" : next;
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      if (direction) heading.setAttribute("aria-sort", direction);
      body.append(...(direction ? sortRows(written, column, direction) : written));
    });
  });
}

// Read and compare.

const READER = "side-by-side-reader";
const ENDS = ["From", "To"];
const data = JSON.parse(document.getElementById("sources").textContent);
const byId = (id) => document.getElementById(id);
const columns = [1, 2, 3].map((number) => byId(`column-${number}`));
const unfolded = new Set();
let state;

const findWork = (name) => data.workloads.find((each) => each.name === name);
const listNames = (work) => Object.keys(data.sources).filter((name) => name.startsWith(`${work.name}/`));
const workOf = () => findWork(state.workload);
const shownNames = () => (state.mode === "diff" ? state.pair : state.names).filter(Boolean);

// Completes what is asked for: what is unknown becomes what is usual.
function complete(asked) {
  const work = findWork(asked.workload) ?? data.workloads[0];
  const known = listNames(work);
  const names = (asked.names ?? []).slice(0, 3).map((name) => (known.includes(name) ? name : ""));
  const pair = (asked.pair ?? []).filter((name) => known.includes(name)).slice(0, 2);
  const setting = work.settings.find((each) => each.name === asked.setting)
    ?? work.settings.find((each) => each.study === asked.setting);
  const chosen = names.some(Boolean) ? names : work.usual;
  return {
    workload: work.name,
    mode: asked.mode === "diff" ? "diff" : "read",
    names: chosen,
    pair: pair.length === 2 ? pair : choosePair(known, chosen.find(Boolean) ?? known[0]),
    step: asked.step ?? "",
    setting: setting ? setting.name : work.setting,
  };
}

// Chooses what a source is held against: the first other one of its language, which works alone where there is one.
function choosePair(known, name) {
  const language = data.sources[name].language;
  const others = known.filter((each) => each !== name && data.sources[each].language === language);
  if (!others.length) return [name, name];
  return known.indexOf(others[0]) < known.indexOf(name) ? [others[0], name] : [name, others[0]];
}

// The address: #read=NAME,NAME,NAME or #diff=NAME,NAME, with &step= and &figures=; a workload's name is enough, and a
// study's for its figures.
function parse(hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const mode = ["read", "diff"].find((each) => asked.has(each));
  if (!mode) return null;
  const names = asked.get(mode).split(",");
  const workload = (names.find(Boolean) ?? "").split("/")[0];
  return {
    workload, mode, [mode === "diff" ? "pair" : "names"]: names, step: asked.get("step"), setting: asked.get("figures"),
  };
}

function spell({ mode, names, pair, step, setting, workload }) {
  const parts = [`${mode}=${(mode === "diff" ? pair : names).join(",")}`];
  if (step) parts.push(`step=${encodeURIComponent(step)}`);
  if (setting !== findWork(workload).setting) parts.push(`figures=${encodeURIComponent(setting)}`);
  return `#${parts.join("&")}`;
}

// Notes what is shown in the entry of the history: going back to it shows it again, whatever its address says.
function note(address = null) {
  remember("sessionStorage", READER, spell(state));
  history.replaceState({ reader: state }, "", address);
}

// Changes what is shown. One step back undoes another choice of sources; steps and figures are no choice of sources.
function change(asked, says = "") {
  const spellSources = () => spell({ ...state, step: "", setting: workOf().setting });
  const before = spellSources();
  note();
  state = complete({ ...state, ...asked });
  if (spellSources() !== before) history.pushState(null, "", spell(state));
  note(spell(state));
  show(says);
}

function changeWorkload(name) {
  const work = findWork(name);
  const known = listNames(work);
  const names = state.names.map((each, i) => {
    const same = each && each.replace(/^[^/]*/, name);
    return !each || known.includes(same) ? same : work.usual[i] ?? "";
  });
  change({ workload: name, names: [...new Set(names)], pair: [], setting: "", step: "" });
}

function changeColumn(number, name) {
  if (state.mode === "read") {
    const names = [0, 1, 2].map((i) => (i === number ? name : state.names[i] ?? ""));
    return change({ names });
  }
  const pair = state.pair.map((each, i) => (i === number ? name : each));
  const other = 1 - number;
  if (data.sources[pair[0]].language === data.sources[pair[1]].language) return change({ pair });
  pair[other] = findPartner(name, pair[other]);
  return change({ pair }, `“${ENDS[other]}” is now ${data.sources[pair[other]].label}: a difference is of one language.`);
}

// Finds what a source is held against in place of one of another language: the same model, or what works alone.
function findPartner(name, former) {
  const { language } = data.sources[name];
  const others = listNames(workOf()).filter((each) => each !== name && data.sources[each].language === language);
  const same = others.find((each) => data.sources[each].model && data.sources[each].model === data.sources[former].model);
  return same ?? others[0] ?? name;
}

// What is held against what at first: the first two columns, where they are of one language.
function choosePairShown() {
  const [one, other] = state.names;
  const together = one && other && one !== other && data.sources[one].language === data.sources[other].language;
  return together ? [one, other] : choosePair(listNames(workOf()), state.names.find(Boolean));
}

// Drawing it.

function fill(select, groups, value) {
  select.replaceChildren(...groups.flatMap(({ label, options }) => {
    const made = options.map(([name, text]) => make("option", { value: name }, text));
    return label ? [make("optgroup", { label }, ...made)] : made;
  }));
  select.value = value;
}

function groupSources(work, none) {
  const groups = Object.entries(data.languages).flatMap(([language, label]) => {
    const names = listNames(work).filter((name) => data.sources[name].language === language);
    const group = (title, mine) => ({ label: title, options: mine.map((name) => [name, data.sources[name].label]) });
    return [
      group(label, names.filter((name) => data.sources[name].model)),
      group(`${label}: kernel and other files`, names.filter((name) => !data.sources[name].model)),
    ];
  });
  return [...(none ? [{ options: [["", "none"]] }] : []), ...groups.filter((group) => group.options.length)];
}

function listSettings(work) {
  return [{
    options: work.settings.map(({ name, title, label }) => [name, label ? `${title}: ${label}` : title]),
  }];
}

function listSteps() {
  const sets = shownNames().map((name) => data.sources[name].parts.map((part) => part.name));
  return [...new Set(sets[0])].filter((name) => name && sets.every((names) => names.includes(name)));
}

function show(says = "") {
  const work = workOf();
  const steps = listSteps();
  if (!steps.includes(state.step)) state.step = "";
  byId("workload").value = work.name;
  all("input[name=mode]").forEach((radio) => { radio.checked = radio.value === state.mode; });
  fill(byId("step"), [{ options: [["", "all"], ...steps.map((name) => [name, `only: ${name}`])] }], state.step);
  fill(byId("setting"), listSettings(work), state.setting);
  byId("setting").disabled = !work.settings.length;
  document.querySelector(".does").textContent = `${work.name}: ${work.title}.`
    + (work.changed ? " Its sources have changed since this run measured them." : "");
  showHeads(work);
  const body = document.querySelector(".reader .body");
  body.style.setProperty("--columns", shownNames().length);
  body.replaceChildren(...(state.mode === "diff" ? showDifference(says) : showSteps(steps)));
}

function showHeads(work) {
  const names = state.mode === "diff" ? state.pair : [0, 1, 2].map((i) => state.names[i] ?? "");
  const setting = work.settings.find((each) => each.name === state.setting);
  const figures = names.map((name) => setting?.figures[name]);
  const most = Math.max(...figures.map((each) => Math.max(each?.value ?? 0, each?.high ?? 0)));
  document.querySelector(".heads").style.setProperty("--columns", shownNames().length);
  columns.forEach((select, i) => {
    const head = select.parentElement;
    head.hidden = i >= names.length;
    if (head.hidden) return;
    const source = data.sources[names[i]];
    head.classList.toggle("none", !source);
    head.querySelector("label").textContent = state.mode === "diff" ? ENDS[i] : `Column ${i + 1}`;
    fill(select, groupSources(work, state.mode === "read" && i > 0), names[i]);
    head.style.setProperty("--own", source ? `var(--${source.language})` : "var(--grid)");
    head.querySelector(".path").textContent = source?.path ?? "";
    head.querySelector(".notice").replaceChildren(...spellMarks(source?.notice ?? ""));
    head.querySelector(".measured").replaceChildren(...(source ? showFigure(source, figures[i], most) : []));
  });
  document.querySelector(".scale").textContent = figures.some(Boolean)
    ? `Bars: ${setting.quantity}, to one scale; ${setting.better} is better. Line: 95 % interval. `
      + `From: ${setting.title}${setting.label ? `, ${setting.label}` : ""}.` : "";
}

// Shows what stands between backticks as code.
const spellMarks = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));

function showFigure(source, figure, most) {
  if (!source.model) return [make("p", { class: "figure" }, "Not timed alone.")];
  if (!figure) {
    return [make("p", { class: "figure" }, `Not measured in this run${state.setting ? " with these arguments" : ""}.`)];
  }
  const part = (value) => `${(100 * Math.max(value, 0)) / (most || 1)}%`;
  const fillOf = make("span", { class: "fill" });
  fillOf.style.width = part(figure.value);
  const track = make("div", { class: "track", "aria-hidden": "true" }, fillOf);
  if (figure.low !== null) {
    const within = make("span", { class: "within" });
    within.style.left = part(figure.low);
    within.style.width = part(figure.high - figure.low);
    track.append(within);
  }
  const text = make("p", { class: "figure" }, make("b", {}, figure.text), ` ${figure.interval} `,
    make("span", { class: "ran" }, `on ${figure.ran}`));
  if (figure.compared) text.append(make("br"), figure.compared);
  if (figure.doubts) text.append(make("br"), make("span", { class: "doubts" }, `doubtful: ${figure.doubts}`));
  if (figure.note) text.append(make("br"), figure.note);
  return [track, text];
}

// Lines of a source, as [number, indentation, HTML].
const linesOf = (part) => part.lines.map(([indent, text], i) => [part.begin + i, indent, text]);

// Divides a source: by the steps that are common to all shown, what stands before the first, and after the last.
function divide(source, steps) {
  const parts = new Map([["before", []]]);
  let name = "before";
  for (const part of source.parts) {
    if (steps.includes(part.name) && !parts.has(part.name)) parts.set(name = part.name, []);
    parts.get(name).push(...linesOf(part));
  }
  if (name === "before") return parts;
  const last = parts.get(name);
  const end = last.findIndex(([, indent, text]) => text && indent < last[0][1]);
  if (end > 0) parts.set("after", last.splice(end));
  return parts;
}

const TITLES = { before: "Before: imports and declarations", after: "After" };

function showSteps(steps) {
  const sources = shownNames().map((name) => data.sources[name]);
  const divided = sources.map((source) => divide(source, steps));
  if (!steps.length) {
    return [make("section", { class: "step", "aria-label": "Whole files" }, showRow(sources, divided, "before"))];
  }
  return ["before", ...steps, "after"]
    .filter((name) => (state.step ? name === state.step : divided.some((parts) => parts.has(name))))
    .map((name) => {
      const row = showRow(sources, divided, name);
      if (!TITLES[name]) return make("section", { class: "step" }, make("h3", { class: "unseen" }, name), row);
      const fold = make("details", { class: "step" }, make("summary", {}, TITLES[name]), row);
      fold.open = unfolded.has(name);
      fold.addEventListener("toggle", () => (fold.open ? unfolded.add(name) : unfolded.delete(name)));
      return fold;
    });
}

function showRow(sources, divided, name) {
  return make("div", { class: "row" }, ...sources.map((source, i) => {
    const lines = divided[i].get(name) ?? [];
    const least = Math.min(...lines.filter(([, , text]) => text).map(([, indent]) => indent));
    const shown = trim(lines).map(
      ([number, indent, text]) => showLine("span", number, Math.max(0, indent - least), text));
    return showCode(source, source.label, shown);
  }));
}

// Leaves out the empty lines at the end.
function trim(lines) {
  return lines.slice(0, lines.findLastIndex(([, , text]) => text) + 1);
}

function showLine(element, number, indent, text, kind = "", sign = "") {
  const line = make(element, { class: `line ${kind}`.trim(), "data-number": number });
  line.style.setProperty("--indent", indent);
  line.innerHTML = text; // coloured by the harness, from a source of its own repository
  if (sign) line.prepend(make("i", {}, sign));
  return line;
}

function showCode(source, caption, lines) {
  const code = lines.length ? make("pre", {}, make("code", {}, ...lines)) : make("p", {}, "Nothing.");
  const figure = make("figure", { class: "code" }, make("figcaption", {}, caption), code);
  figure.style.setProperty("--own", `var(--${source.language})`);
  return figure;
}

// The difference of two sources of one language.

const sameLine = ([, indent, text], [, theirs, other]) => text === other && (indent === theirs || !text);

// Compares line by line, by the longest common subsequence; returns [kind, line] in the order of reading.
function compare(before, after) {
  const longest = before.map(() => new Array(after.length + 1).fill(0)).concat([new Array(after.length + 1).fill(0)]);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      longest[i][j] = sameLine(before[i], after[j])
        ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && sameLine(before[i], after[j])) {
      lines.push(["same", after[j]]);
      i++;
      j++;
    } else if (j === after.length || (i < before.length && longest[i + 1][j] >= longest[i][j + 1])) {
      lines.push(["gone", before[i++]]);
    } else {
      lines.push(["new", after[j++]]);
    }
  }
  return lines;
}

function showDifference(says) {
  const [from, to] = state.pair.map((name) => data.sources[name]);
  const [before, after] = [from, to].map((source) => trim(
    source.parts.filter((part) => !state.step || part.name === state.step).flatMap(linesOf)));
  const compared = compare(before, after);
  const elements = { same: ["span", ""], gone: ["del", "−"], new: ["ins", "+"] };
  const lines = compared.map(([kind, [number, indent, text]]) => {
    const [element, sign] = elements[kind];
    return showLine(element, number, indent, text, kind, sign);
  });
  const count = (kind) => compared.filter(([each]) => each === kind).length;
  const said = make("p", { class: "summary", role: "status" },
    `${says && `${says} `}From ${from.label} to ${to.label}, lines: ${count("gone")} removed (−), ${count("new")} added (+), `
    + `${count("same")} unchanged.`);
  return [make("section", { class: "step", "aria-label": "Difference" }, said,
    showCode(to, `${from.path} → ${to.path}`, lines))];
}

function openAddress() {
  const asked = parse(location.hash);
  if (!asked) return false;
  state = complete(asked);
  note();
  show();
  return true;
}

if (data.workloads.length) {
  all(".controls, .reader").forEach((element) => { element.hidden = false; });
  byId("workload").addEventListener("change", ({ target }) => changeWorkload(target.value));
  byId("step").addEventListener("change", ({ target }) => change({ step: target.value }));
  byId("setting").addEventListener("change", ({ target }) => change({ setting: target.value }));
  all("input[name=mode]").forEach((radio) => radio.addEventListener("change", () => {
    change(radio.value === "diff" ? { mode: "diff", pair: choosePairShown() } : { mode: "read" });
  }));
  columns.forEach((select, i) => select.addEventListener("change", () => changeColumn(i, select.value)));
  document.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
  const goThere = () => byId("compare").scrollIntoView({ behavior: "instant" });
  window.addEventListener("popstate", ({ state: noted }) => {
    if (!noted?.reader) return;
    state = complete(noted.reader);
    note();
    show();
  });
  window.addEventListener("hashchange", () => !history.state?.reader && openAddress() && goThere());
  all("a[href^='#read=']").forEach((link) => link.addEventListener("click", () => {
    if (link.hash === location.hash && openAddress()) goThere(); // no change, so nobody else is told
  }));
  if (openAddress()) goThere();
  else {
    state = complete(parse(recall("sessionStorage", READER) ?? "") ?? {});
    note();
    show();
  }
}
