#lang racket/base

(define n (read))
(define numbers (for/vector ([_ n]) (read)))
(define total (for/sum ([x numbers]) x))
(displayln total)
