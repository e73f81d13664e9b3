program main
  use total
  implicit none
  integer :: n, i
  integer, allocatable :: numbers(:)
  read *, n
  allocate (numbers(n))
  read *, (numbers(i), i = 1, n)
  print "(i0)", add(numbers)
end program
