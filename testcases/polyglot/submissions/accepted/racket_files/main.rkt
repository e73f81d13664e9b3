#lang racket/base

(require "total.rkt")

(define n (read))
(displayln (total (for/list ([_ n]) (read))))
