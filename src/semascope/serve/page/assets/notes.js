// What the service has to say of an answer besides it: all of that, the first few at once.

const NOTES_AT_ONCE = 3;

function noted(toldId, notes) {
  const place = at(toldId + "-notes"), lines = notes.map(note => make("p", "fineprint", sentence(note)));
  if (!place) return;
  const more = lines.splice(NOTES_AT_ONCE);
  place.replaceChildren(...lines);
  if (more.length) place.append(make("details", "rest", make("summary", "", "And " + count(more.length, "more note")), ...more));
  place.hidden = !lines.length;
  if (lines.length) announce([at(toldId).textContent, place.innerText].join(" "));
}
// A part of a list counts its texts from 0; in words they count from 1, over the whole list.
function renumbered(note, start) {
  const moved = number => String(Number(number) + start + 1);
  return note
    .replace(/\b(rows?) (\d+(?:, \d+)*)/g, (_, rows, listed) => rows.replace("row", "number") + " " + listed.replace(/\d+/g, moved))
    .replace(/\binput\[(\d+)\]/g, (_, number) => "number " + moved(number));
}
