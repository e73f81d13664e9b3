program broken
  implicit none
  integer :: total
  total = 'forty-two'
  print *, totl
end program broken
