main :: IO ()
main = print ("forty-two" + 1 :: Int)
