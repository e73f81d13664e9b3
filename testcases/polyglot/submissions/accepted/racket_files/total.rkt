#lang racket/base

(provide total)

(define (total numbers) (apply + numbers))
