module total
  implicit none
contains
  integer function add(numbers)
    integer, intent(in) :: numbers(:)
    add = sum(numbers)
  end function
end module
