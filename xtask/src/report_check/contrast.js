// Lists every visible text below 4.5:1 and every line of a curve below 3:1 against what is behind it.
(() => {
  const parts = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = (color) => {
    const [r, g, b] = parts(color).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (parts(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const pale = [];
  const look = (element, color, least, what) => {
    const found = contrast(color, behind(element));
    if (!(found >= least)) pale.push(`${what} ${color} on ${behind(element)}: ${found.toFixed(2)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, element = text.parentElement, style = getComputedStyle(element);
    if (!text.data.trim() || ["SCRIPT", "STYLE", "title"].includes(element.tagName) || !element.checkVisibility()) continue;
    look(element, element instanceof SVGElement ? style.fill : style.color, 4.5, text.data.trim().slice(0, 40));
  }
  for (const line of document.querySelectorAll("path, .key line")) look(line, getComputedStyle(line).stroke, 3, "a line");
  return pale;
})()
