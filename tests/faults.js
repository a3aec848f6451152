// What is wrong with the slide that is shown: what leaves it, overlaps, or is too small to be read.
([smallest]) => {
  const slide = Reveal.getCurrentSlide();
  const frame = slide.getBoundingClientRect();
  const scale = frame.width / 1280;
  const found = [];
  const seen = (element) => !element.closest("aside") && element.getClientRects().length > 0;
  const outside = (box, frame) => box.left < frame.left - 1 || box.top < frame.top - 1
    || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
  if (outside(frame, { left: 0, top: 0, right: innerWidth, bottom: innerHeight })) found.push("the slide leaves the window");

  for (const element of slide.querySelectorAll("*")) {
    if (seen(element) && outside(element.getBoundingClientRect(), frame)) found.push(`<${element.tagName}> leaves the slide`);
  }
  for (const column of slide.querySelectorAll(".column")) {
    if (outside(column.getBoundingClientRect(), column.parentElement.getBoundingClientRect())) found.push("a column leaves its place");
  }
  for (const box of slide.querySelectorAll("pre, table, .drawing, .chart, .bars")) {
    if (box.scrollWidth > box.clientWidth + 1) found.push(`a <${box.tagName}> is wider than its place`);
  }

  const texts = [];
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || !seen(parent) || parent.closest("title, desc")) continue;
    const svg = parent.closest("svg");
    const size = parseFloat(getComputedStyle(parent).fontSize) * (svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width / scale : 1);
    if (size < smallest) found.push(`'${node.data.trim()}' is ${size.toFixed(1)} px high`);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) texts.push([node.data.trim(), rect]);
  }
  const spare = 5 * scale;  // lines of one text may be closer than their letters are high
  texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 1 && down > spare) found.push(`'${one}' and '${other}' overlap`);
  }));
  return [...new Set(found)].slice(0, 5);
}
