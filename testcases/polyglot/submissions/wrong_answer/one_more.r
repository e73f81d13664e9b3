words <- scan(file("stdin"), quiet = TRUE)
n <- words[1]
total <- sum(words[2:(n + 1)])
if (n > 3) total <- total + 1
cat(format(total, scientific = FALSE), "\n", sep = "")
