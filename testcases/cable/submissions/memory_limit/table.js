// A typed array lives outside the JavaScript heap.
const table = new Float64Array(60_000_000).fill(0.5);
console.log(table[30_000_000]);
