// Numbers as people read them.

const MINUS = "\u2212";
const group = new Intl.NumberFormat("en-US");

function count(number, thing) {
  return group.format(number) + " " + thing + (number === 1 ? "" : "s");
}
function fixed(value, decimals = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "\u2013";
  const written = value.toFixed(decimals);
  return Number(written) === 0 ? written.replace("-", "") : written.replace("-", MINUS);
}
function signed(value, decimals = 2) {
  const written = fixed(value, decimals);
  return Number(value.toFixed(decimals)) > 0 ? "+" + written : written;
}
// Decimals that tell values on a scale of this width apart: two, and more on a narrow one.
function decimalsFor(width) {
  return width > 0 ? Math.min(8, Math.max(2, 2 - Math.floor(Math.log10(width)))) : 2;
}
function percent(share) {
  const whole = Math.round(share * 100);
  const written = whole === 0 && share > 0 ? "< 1" : whole === 100 && share < 1 ? "> 99" : whole;
  return written + "\u00a0%";
}
