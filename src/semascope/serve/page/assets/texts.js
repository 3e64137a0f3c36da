// Texts: in and out of a pasted list, and as paragraphs that may be cut.

function linesOf(pasted) {
  return pasted.split(/\r?\n/).map(line => line.trim()).filter(Boolean);
}
function paragraphsOf(pasted) {
  return pasted.split(/\r?\n[^\S\n]*\r?\n/).map(part => part.trim()).filter(Boolean);
}
// A cut falls between characters, never inside one.
function cutAt(text, limit) {
  if (text.length <= limit) return text;
  const end = /[\ud800-\udbff]/.test(text[limit - 1]) ? limit - 1 : limit;
  return text.slice(0, end).trimEnd();
}
function textNode(tag, text, limit = 280) {
  const node = make(tag, "text");
  node.dir = "auto";
  const shown = cutAt(text, limit);
  node.append(shown);
  if (shown.length < text.length) {
    const rest = button("plain", "show the rest", () => node.replaceChildren(text));
    node.append("\u2026 ", rest);
  }
  return node;
}
// Requests that hold neither too many texts nor too much of them.
function chunksOf(texts, most = 256, characters = 400000) {
  const chunks = [];
  let held = Infinity;
  texts.forEach((text, index) => {
    if (held + text.length > characters || chunks[chunks.length - 1].texts.length >= most) {
      chunks.push({ start: index, texts: [] });
      held = 0;
    }
    chunks[chunks.length - 1].texts.push(text);
    held += text.length;
  });
  return chunks;
}
function halvesOf({ start, texts }) {
  const half = Math.ceil(texts.length / 2);
  return [{ start, texts: texts.slice(0, half) }, { start: start + half, texts: texts.slice(half) }];
}
// The marked words of a snippet; their places count code points, as Python does.
function marked(text, words) {
  const points = Array.from(text), node = make("p", "text");
  let done = 0;
  node.dir = "auto";
  for (const [from, to] of words || []) {
    node.append(points.slice(done, from).join(""), make("mark", "", points.slice(from, to).join("")));
    done = to;
  }
  node.append(points.slice(done).join(""));
  return node;
}
