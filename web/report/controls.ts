// The two buttons of a page: light or dark, and which clock the charts show.

/** Switches between light and dark, and calls `redraw` whenever the colours have changed. */
export function theme(redraw: () => void): void {
  const button = document.getElementById("theme");
  button?.addEventListener("click", () => {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset["theme"] = (root.dataset["theme"] ?? system) === "dark" ? "light" : "dark";
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

/** Switches the charts between `local` and UTC; calls `redraw` with whether UTC is shown now. */
export function clockSwitch(local: string, redraw: (onUtc: boolean) => void): void {
  let onUtc = false;
  const button = document.getElementById("clock");
  button?.addEventListener("click", () => {
    onUtc = !onUtc;
    button.textContent = onUtc ? "Charts in UTC" : `Charts in ${local}`;
    button.setAttribute("aria-pressed", String(onUtc));
    redraw(onUtc);
  });
}

/** Calls `redraw` when the width of the page changes. */
export function onWidth(redraw: () => void): void {
  let width = document.documentElement.clientWidth;
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    redraw();
  });
}
