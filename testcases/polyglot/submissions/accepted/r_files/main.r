source("total.r")

words <- scan(file("stdin"), quiet = TRUE)
cat(format(total(words[2:(words[1] + 1)]), scientific = FALSE), "\n", sep = "")
