"use strict";
for (const plot of document.querySelectorAll(".plot")) {
  const picture = plot.querySelector("svg"), cursor = plot.querySelector(".cursor"), tip = plot.querySelector(".tip");
  const stops = [...plot.querySelectorAll(".stop")].map((stop) => {
    const title = stop.querySelector("title"), text = title.textContent;
    // The tip says it sooner, and both at once would be one too many.
    title.remove();
    return { stop, x: parseFloat(stop.dataset.x) / 100, text };
  });
  let at = -1;
  const show = (next) => {
    if (at >= 0) stops[at].stop.classList.remove("on");
    at = next;
    cursor.classList.toggle("on", at >= 0);
    tip.hidden = at < 0;
    if (at < 0) return;
    const { stop, x, text } = stops[at], box = picture.getBoundingClientRect();
    stop.classList.add("on");
    cursor.firstElementChild.setAttribute("x1", stop.dataset.x);
    cursor.firstElementChild.setAttribute("x2", stop.dataset.x);
    tip.textContent = text;
    const left = box.left - plot.getBoundingClientRect().left + x * box.width;
    const beside = left + 12 + tip.offsetWidth > plot.clientWidth ? left - 12 - tip.offsetWidth : left + 12;
    tip.style.left = `${Math.max(0, beside)}px`;
  };
  const nearest = (event) => {
    const box = picture.getBoundingClientRect(), x = (event.clientX - box.left) / box.width;
    const far = (at) => Math.abs(stops[at].x - x);
    show(stops.reduce((best, _, at) => (best < 0 || far(at) < far(best) ? at : best), -1));
  };
  const keys = {
    ArrowLeft: () => Math.max(0, at < 0 ? stops.length - 1 : at - 1),
    ArrowRight: () => Math.min(stops.length - 1, at + 1),
    Home: () => 0,
    End: () => stops.length - 1,
    Escape: () => -1,
  };
  plot.addEventListener("pointermove", nearest);
  plot.addEventListener("pointerdown", nearest);
  plot.addEventListener("pointerleave", () => show(-1));
  plot.addEventListener("blur", () => show(-1));
  plot.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    show(keys[event.key]());
  });
}
// Paper cannot be opened.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
