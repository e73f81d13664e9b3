function s = total(numbers)
  s = sum(numbers);
end
