let sum: int = "forty-two"
echo sum
