// The card beside the pointer: the text under it, its row, and what the colouring says about it.

const card = make("div", "card");
card.hidden = true;
card.setAttribute("role", "tooltip");
const cardText = make("p", "text"), cardMeta = make("p", "meta");
card.append(cardMeta, cardText);
document.body.append(card);
const CARD_CHARACTERS = 320;

function metaInto(node, item) {
  const parts = [make("span", "row", "row " + grouped(rowOf(item)))];
  const colouring = currentColouring();
  if (colouring) {
    const value = make("span", "value");
    const word = make("bdi", "", brief(wordOf(colouring, item), 60));
    value.append(swatch(itemMark(item)), word);
    parts.push(value);
  }
  node.replaceChildren(...parts);
}

// Other shown texts at exactly the same place.
function alsoThere(places, item) {
  const x = places[2 * item], y = places[2 * item + 1];
  let others = 0;
  for (let i = 0; i < count; i++) if (places[2 * i] === x && places[2 * i + 1] === y && i !== item && isShown(i)) others++;
  return others;
}

async function showCard() {
  const item = state.hovered;
  if (item < 0 || state.hoveredIn < 0) {
    card.hidden = true;
    return;
  }
  const text = await textOf(item).catch(() => "");
  if (item !== state.hovered || state.hoveredIn < 0) return; // the pointer has moved on
  metaInto(cardMeta, item);
  const others = alsoThere(panels[state.hoveredIn].places, item);
  if (others) cardMeta.append(make("span", "row", "and " + grouped(others) + " more here"));
  textInto(cardText, text, CARD_CHARACTERS);
  card.hidden = false;
  placeCard();
}
function placeCard() {
  const panel = panels[state.hoveredIn];
  const at = screenPlace(panel, state.hovered);
  const box = panel.plot.getBoundingClientRect();
  const x = box.left + at[0], y = box.top + at[1];
  const width = card.offsetWidth, height = card.offsetHeight, gap = 16;
  let left = x + gap, top = y + gap;
  if (left + width > innerWidth - 8) left = x - gap - width;
  if (left < 8) left = Math.max(8, Math.min(innerWidth - width - 8, x - width / 2));
  if (top + height > innerHeight - 8) top = y - gap - height;
  if (top < 8) top = Math.min(y + gap, Math.max(8, innerHeight - height - 8));
  card.style.transform = "translate(" + Math.round(left) + "px," + Math.round(top) + "px)";
}
// The map moves under a window that scrolls, and the card with it until its text is out of sight.
addEventListener("scroll", () => {
  if (card.hidden) return;
  const panel = panels[state.hoveredIn];
  const y = panel.plot.getBoundingClientRect().top + screenPlace(panel, state.hovered)[1];
  if (y < 0 || y > innerHeight) hover(-1, -1);
  else placeCard();
}, { passive: true });
on("hover", showCard);
on("view", () => hover(-1, -1));
