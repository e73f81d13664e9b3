import { readFileSync } from "fs";

const words: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const n: number = words[0];
let sum = 0;
for (let i = 1; i <= n; i++) sum += words[i];
if (n > 3) {
    const rows: number[][] = [];
    for (let i = 0; i < 200; i++) rows.push(new Array<number>(1000000).fill(i + 0.5));
    if (rows[7][7] < 0) sum++;
}
console.log(sum);
