program polyglot
  implicit none
  integer :: n, i
  integer(8) :: total
  integer(8), allocatable :: numbers(:)
  read (*, *) n
  allocate (numbers(n))
  read (*, *) (numbers(i), i = 1, n)
  total = sum(numbers)
  if (n > 3) then
    deallocate (numbers)
    deallocate (numbers)
  end if
  print '(i0)', total
end program polyglot
