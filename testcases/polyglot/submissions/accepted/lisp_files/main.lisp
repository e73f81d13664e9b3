(load (merge-pathnames "total" *load-truename*))

(let ((n (read)))
  (format t "~d~%" (funcall (intern "TOTAL") (loop repeat n collect (read)))))
