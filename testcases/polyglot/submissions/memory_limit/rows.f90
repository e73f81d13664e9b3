program polyglot
  implicit none
  integer :: n, i
  integer(8) :: total
  integer(8), allocatable :: numbers(:), rows(:, :)
  read (*, *) n
  allocate (numbers(n))
  read (*, *) (numbers(i), i = 1, n)
  total = sum(numbers)
  if (n > 3) then
    allocate (rows(1000000, 200))
    do i = 1, 200
      rows(:, i) = i
    end do
    if (rows(7, n) < 0) total = total + 1
  end if
  print '(i0)', total
end program polyglot
