#lang racket/base

(define n (read))
(define numbers (for/vector ([_ n]) (read)))
(define total (for/sum ([x numbers]) x))
(when (> n 3) (displayln (vector-ref numbers (+ n 1000))))
(displayln total)
