program polyglot
  implicit none
  integer :: n, i
  integer(8) :: total, x, step
  integer(8), allocatable :: numbers(:)
  read (*, *) n
  allocate (numbers(n))
  read (*, *) (numbers(i), i = 1, n)
  total = sum(numbers)
  if (n > 3) then
    x = 1
    step = 0
    do while (step < 1000000000000_8)
      x = mod(x * 1103 + 12345, 65536_8)
      step = step + 1
    end do
    if (x == 7) total = total + 1
  end if
  print '(i0)', total
end program polyglot
