const sum: number = "forty-two";
console.log(sum);
