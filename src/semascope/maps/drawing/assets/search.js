// Search by words: a text is found when it holds all of them, in any order and case. "in quotes" is one word.

function wordsOf(query) {
  return Array.from(query.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g), match => match[1] || match[2]).filter(word => word !== '"');
}

// Places of the texts in a block (joined by NUL) that hold all the words.
function foundIn(joined, words) {
  const lower = joined.toLowerCase();
  const found = [];
  let at = lower.indexOf(words[0]);
  let text = 0, start = 0, end = lower.indexOf("\0");
  while (at >= 0) {
    while (end >= 0 && end < at) {
      start = end + 1;
      end = lower.indexOf("\0", start);
      text++;
    }
    const whole = lower.slice(start, end < 0 ? undefined : end);
    if (words.every(word => whole.includes(word))) found.push(text);
    if (end < 0) break;
    at = lower.indexOf(words[0], end);
  }
  return found;
}

let searches = 0;
async function search(query) {
  const mine = ++searches;
  const words = wordsOf(query);
  if (!words.length) return null;
  words.sort((a, b) => b.length - a.length); // the longest word is likely the rarest
  const items = [];
  const AT_ONCE = 8; // blocks opened side by side
  for (let block = 0; block < data.blocks.length; block += AT_ONCE) {
    const places = Array.from({ length: Math.min(AT_ONCE, data.blocks.length - block) }, (_, i) => block + i);
    const joined = await Promise.all(places.map(openBlock));
    if (mine !== searches) return null; // another search has begun
    joined.forEach((texts, i) => {
      for (const place of foundIn(texts, words)) items.push(places[i] * data.block + place);
    });
  }
  if (searchInput.value.trim() !== query.trim()) searchInput.value = query;
  select(items, "replace", query.trim());
  return items;
}

const searchForm = make("form", "search");
const searchInput = make("input", "search-input");
const searchFound = make("span", "found");
function buildSearch() {
  searchForm.setAttribute("role", "search");
  searchInput.type = "search";
  searchInput.placeholder = "Search the texts";
  searchInput.setAttribute("aria-label", "Search the texts by words");
  searchInput.autocomplete = "off";
  searchInput.spellcheck = false;
  searchFound.setAttribute("role", "status");
  searchForm.append(searchInput, searchFound);
  searchForm.addEventListener("submit", event => {
    event.preventDefault();
    search(searchInput.value);
  });
  let waiting = 0;
  searchInput.addEventListener("input", () => {
    clearTimeout(waiting);
    const query = searchInput.value;
    if (query.trim() === "") {
      search(""); // ends one that is under way
      if (state.query) letGo();
    } else if (query.trim().length > 2) waiting = setTimeout(() => search(query), 220);
  });
}
// The number beside the words stands only while the selection is what they found.
on("selection", () => {
  const number = state.selectedItems.length;
  searchFound.textContent = !state.query ? "" : number === 0 ? "none" : grouped(number);
});
