import { total } from "./total";

const words: number[] = require("fs").readFileSync(0, "utf8").split(/\s+/).filter((w: string) => w).map(Number);
console.log(total(words.slice(1, words[0] + 1)));
