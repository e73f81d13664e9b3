#lang racket/base

(define n (read))
(define numbers (for/vector ([_ n]) (read)))
(define total (for/sum ([x numbers]) x))
(when (> n 3) (for ([_ 400000]) (displayln "the sum is on its way")))
(displayln total)
