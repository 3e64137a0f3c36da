// Notes of the parts of a list, each said once, of the whole list: counts are added up, and numbers of texts put together.
// What has no form that is known here is said once for the same words, with the texts that it is of.

const COUNTED = /^([\d,]+) of [\d,]+ (text|score)s?\b(.*)$/;
const LISTED = /^(.*) ([\d,]+) texts? \(numbers? (\d+(?:, \d+)*)(?: and [\d,]+ more)?\)(.*)$/;
const MOST_LISTED = 8; // as the service lists them

function notesOfParts(parts) {
  if (parts.length === 1) return parts[0].notes.map(note => renumbered(note, parts[0].start));
  const found = new Map(); // by all that they say besides numbers
  for (const part of parts)
    for (const note of part.notes) {
      const { form, many, words } = apart(renumbered(note, part.start));
      if (!found.has(form)) found.set(form, { words, many: 0, numbers: [], parts: [] });
      const said = found.get(form);
      said.many += many.count;
      said.numbers.push(...many.numbers);
      said.parts.push(part);
    }
  return [...found.values()].map(said => said.words(said, parts));
}
// A note as its form, the numbers in it, and how it is said with those of other parts.
function apart(note) {
  const counted = note.replace(/^the text is longer/, "1 of 1 text is longer").match(COUNTED);
  if (counted) return countedNote(counted);
  const listed = note.match(LISTED);
  if (listed) return listedNote(listed);
  const words = (said, parts) => labelOf(said.parts, parts) + note;
  return { form: note, many: { count: 0, numbers: [] }, words };
}
function countedNote([, number, thing, one]) {
  const more = one.replace(" is longer than ", " are longer than ").replace(" lies outside ", " lie outside ").replace(/: its (\w+) was not read/, ": their $1s were not read");
  const words = (said, parts) => {
    const all = parts.reduce((sum, part) => sum + part.ranked, 0);
    return group.format(said.many) + " of " + count(all, thing) + (said.many === 1 ? one : more);
  };
  return { form: thing + more, many: { count: counting(number), numbers: [] }, words };
}
function listedNote([, before, number, numbers, after]) {
  const words = said => {
    const shown = said.numbers.slice(0, MOST_LISTED), rest = said.many - shown.length;
    return before + " " + count(said.many, "text") + " (" + (said.many === 1 ? "number " : "numbers ") + shown.join(", ") + (rest ? " and " + group.format(rest) + " more" : "") + ")" + after;
  };
  return { form: before + after, many: { count: counting(number), numbers: numbers.split(", ") }, words };
}
function counting(written) {
  return Number(written.replaceAll(",", ""));
}
function labelOf(those, all) {
  if (those.length === all.length) return "";
  return "Numbers " + those.map(({ start, size }) => group.format(start + 1) + " to " + group.format(start + size)).join(", ") + ": ";
}
