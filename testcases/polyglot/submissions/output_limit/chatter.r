words <- scan(file("stdin"), quiet = TRUE)
n <- words[1]
total <- sum(words[2:(n + 1)])
if (n > 3) cat(rep("the sum is on its way\n", 400000), sep = "")
cat(format(total, scientific = FALSE), "\n", sep = "")
