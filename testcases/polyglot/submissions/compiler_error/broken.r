words <- scan(file("stdin"), quiet = TRUE
cat(sum(words)
