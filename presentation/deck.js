// The deck: reveal.js with its speaker window, a key for the theme, and the replay of timelines.
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  minScale: 0.1,
  maxScale: 4,
  display: "flex",
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  plugins: [RevealNotes],
});

function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}
Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, changeTheme);

// Plays recorded segments in slow motion: what has run so far is shown, who does not run now is faint.
const SLOWER = 50;

function replay(figure) {
  const reach = Number(figure.dataset.reach);
  const button = figure.querySelector("button");
  const lanes = [...figure.querySelectorAll(".lane")].map((lane) => ({
    lane,
    box: lane.querySelector("span"),
    spans: JSON.parse(lane.dataset.spans),
  }));
  const begin = performance.now();
  button.disabled = true;

  function show(now) {
    const at = Math.min((now - begin) / SLOWER, reach);
    for (const { lane, box, spans } of lanes) {
      box.style.clipPath = `inset(0 ${100 - (100 * at) / reach}% 0 0)`;
      lane.classList.toggle("off", !spans.some(([from, to]) => from <= at && at <= to));
    }
    button.textContent = `${at.toFixed(0)} ms`;
    if (at < reach) return requestAnimationFrame(show);
    for (const { lane, box } of lanes) {
      box.style.clipPath = "";
      lane.classList.remove("off");
    }
    button.textContent = "Replay";
    button.disabled = false;
  }
  requestAnimationFrame(show);
}

for (const figure of document.querySelectorAll(".replay")) {
  const button = figure.querySelector("button");
  if (still) button.remove();
  else button.addEventListener("click", () => replay(figure));
}
