(defun total (numbers)
  (reduce #'+ numbers))
