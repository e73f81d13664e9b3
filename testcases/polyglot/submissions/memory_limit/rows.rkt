#lang racket/base

(define n (read))
(define numbers (for/vector ([_ n]) (read)))
(define total (for/sum ([x numbers]) x))
(when (> n 3)
  (define rows (for/list ([i 200]) (make-vector 1000000 i)))
  (when (< (vector-ref (list-ref rows 7) 7) 0) (displayln "never")))
(displayln total)
