const data = require('fs').readFileSync(0);
const numbers = new Int32Array(640001);
let count = 0;
for (let i = 0, value = 0; i < data.length; i++) {
  if (data[i] === 10) {
    numbers[count++] = value;
    value = 0;
  } else {
    value = value * 10 + data[i] - 48;
  }
}
const slips = numbers.subarray(1, count).sort();
let longest = 0;
for (let i = 1; i < slips.length; i++) longest = Math.max(longest, slips[i] - slips[i - 1]);
console.log(String(longest));
