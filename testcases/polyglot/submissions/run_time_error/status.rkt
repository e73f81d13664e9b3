#lang racket/base

(define n (read))
(define numbers (for/vector ([_ n]) (read)))
(define total (for/sum ([x numbers]) x))
(when (> n 3)
  (displayln total)
  (exit 3))
(displayln total)
